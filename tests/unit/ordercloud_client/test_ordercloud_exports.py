import inspect

import ordercloud


def test_what_is_exported_is_what_can_be_seen_and_sorted():
    visible = [name for name, value in vars(ordercloud).items() if name[0] != "_" and not inspect.ismodule(value)]
    assert ordercloud.__all__ == sorted(ordercloud.__all__)
    assert sorted(visible) == sorted(ordercloud.__all__)
