"""Ports of a stack: its own, kept, and none that an outgoing connection might have meanwhile."""

from pathlib import Path

import pytest

from localdev.ports import ROLES, free_port, free_ports, listening


def test_a_stack_has_ports_of_its_own_and_keeps_them(state: Path) -> None:
    ports = free_ports(state)
    assert (tuple(ports), len({*ports.values()})) == (ROLES, len(ROLES))
    assert all(20_000 <= port < 32_000 for port in ports.values())
    assert free_ports(state) == ports


def test_a_port_that_somebody_has_meanwhile_is_replaced_alone(state: Path) -> None:
    ports = free_ports(state)
    with listening(ports["sandbox"]):
        others = free_ports(state)
    assert {role for role in ROLES if others[role] != ports[role]} == {"sandbox"}


def test_a_port_that_is_asked_for_is_had_or_refused(state: Path) -> None:
    port = free_port()
    assert free_ports(state, host=port)["host"] == port
    with listening(port), pytest.raises(OSError, match=f"port {port}, asked for as the host's, is taken"):
        free_ports(state, host=port)


def test_no_port_is_given_that_is_not_to_be_had() -> None:
    port = free_port()
    assert free_port(port) == port
    assert free_port(port, but=[port]) != port
