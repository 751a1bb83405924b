"""The turnstile before a real HTTP server: byte for byte, counted, held on either side, cut off and let in again."""

import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from faults.stage import wait_for
from faults.turnstile import Point, Side, Turnstiles, label_of
from localdev.ports import listening


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked: list[tuple[str, str, bytes]]

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.asked.append((self.command, self.path, body))
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n")

    def do_HEAD(self):
        self.asked.append((self.command, self.path, b""))
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def service():
    handler = type("Handler", (Service,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_address[1], handler.asked
        server.shutdown()
        thread.join()


@pytest.fixture
def through(service):
    with listening(0) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with (
        Turnstiles({"service": (port, service[0])}) as turnstiles,
        httpx.Client(base_url=url, trust_env=False, timeout=5) as http,
    ):
        yield turnstiles, http, service[1]


def test_requests_and_answers_pass_unchanged_and_those_that_name_a_record_are_counted(through):
    turnstiles, http, asked = through
    turnstiles.watch.look_out({"Rec-1": None})
    answer = http.put("/devstoreaccount1/queue/laptop/product/rec-1/c", content=b"body")
    head = http.head("/v1/products/Rec-1")
    http.put("/v1/products", content=b'{"ID": "Rec-1"}')
    http.put("/other", content=b"")
    http.put("/rec-1?timeout=97", content=b"")

    assert (answer.content, head.headers["Content-Length"], head.content) == (b"abcde", "5", b"")
    assert asked == [
        ("PUT", "/devstoreaccount1/queue/laptop/product/rec-1/c", b"body"),
        ("HEAD", "/v1/products/Rec-1", b""),
        ("PUT", "/v1/products", b'{"ID": "Rec-1"}'),
        ("PUT", "/other", b""),
        ("PUT", "/rec-1?timeout=97", b""),
    ]
    assert turnstiles.watch.seen("Rec-1") == ["PUT queue/laptop/product/#/c", "HEAD /v1/products/#", "PUT /v1/products"]


@pytest.mark.parametrize(("side", "reached"), [(Side.BEFORE, 1), (Side.AFTER, 2)])
def test_the_request_that_is_meant_is_held_on_its_side_until_all_is_cut(through, side, reached):
    turnstiles, http, asked = through
    turnstiles.watch.look_out({"rec-1": Point("PUT /#", 2, side)})
    assert http.put("/rec-1", content=b"").status_code == 200
    with ThreadPoolExecutor(1) as caller:
        held = caller.submit(http.put, "/rec-1", content=b"")
        wait_for(lambda: turnstiles.watch.held == {"rec-1"} and len(asked) == reached, 5, "the request at its point")
        assert not held.done()
        turnstiles.cut()
        with pytest.raises(httpx.TransportError):
            held.result()
    assert len(asked) == reached
    assert http.put("/rec-1", content=b"").status_code == 200


def test_a_service_that_is_cut_off_refuses_until_it_is_let_in_again(through):
    turnstiles, http, _ = through
    assert http.head("/").status_code == 200
    turnstiles.close("service")
    with pytest.raises(httpx.TransportError):
        http.head("/")
    with pytest.raises(httpx.ConnectError):
        http.head("/")
    turnstiles.open("service")
    assert http.head("/").status_code == 200


@pytest.mark.parametrize(
    ("method", "target", "label"),
    [
        ("GET", "/devstoreaccount1/parked?comp=list&prefix=waits%2Frec-1", "GET parked (list)"),
        (
            "PUT",
            "/devstoreaccount1/parked/due/20260102T030405.678901Z/laptop/product/rec-1/c",
            "PUT parked/due/time/laptop/product/#/c",
        ),
        (
            "HEAD",
            "/devstoreaccount1/queue/laptop/product/rec-1/0f8fad5b-d9cb-469f-a165-70867728950e",
            "HEAD queue/laptop/product/#/client",
        ),
        ("GET", "/v1/specs/Rec-1-s/options/o0", "GET /v1/specs/#-s/options/o0"),
    ],
)
def test_a_label_is_the_same_for_the_same_request_of_any_record(method, target, label):
    assert label_of(method, target, "rec-1") == label
