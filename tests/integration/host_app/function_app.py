"""A small Functions app for the tests of the local host: it writes down each run in the file that RUNS names."""

import asyncio
import json
import os
import sys
import time
from pathlib import Path

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


def _note(**run: object) -> None:
    with Path(os.environ["RUNS"]).open("a", encoding="utf-8") as runs:
        runs.write(json.dumps(run) + "\n")


@app.route("echo/{kind:alpha}/{*rest}", methods=["GET", "POST"])
async def echo(req: func.HttpRequest) -> func.HttpResponse:
    told = {
        "method": req.method,
        "url": req.url,
        "headers": {name: value for name, value in req.headers.items() if name.startswith("x-")},
        "query": dict(req.params),
        "route": dict(req.route_params),
        "body": req.get_body().decode(),
    }
    return func.HttpResponse(json.dumps(told), mimetype="application/json", headers={"X-Seen": "yes"}, status_code=202)


@app.route("plain", methods=["GET"])
def plain(req: func.HttpRequest) -> str:
    sys.stdout.write("a plain function prints\n")
    return "plain"


@app.route("nothing", methods=["GET"])
async def nothing(req: func.HttpRequest) -> func.HttpResponse:
    return None  # type: ignore[return-value]  # what a forgetful app does


@app.route("broken", methods=["GET"])
async def broken(req: func.HttpRequest) -> func.HttpResponse:
    raise RuntimeError("as asked")


@app.route("slow/{seconds:int}", methods=["GET"])
async def slow(req: func.HttpRequest) -> func.HttpResponse:
    await asyncio.sleep(int(req.route_params["seconds"]) / 10)
    return func.HttpResponse("at last")


@app.blob_trigger(arg_name="blob", path="%QUEUE%/{*path}", connection="AzureWebJobsStorage")
async def polled(blob: func.InputStream) -> None:
    content = blob.read().decode()
    if content == "slow":
        _note(began=blob.name)
        await asyncio.sleep(1)
    _note(function="polled", name=blob.name, content=content, length=blob.length, metadata=blob.metadata)
    if content == "poison":
        raise RuntimeError("never works")


@app.blob_trigger(arg_name="blob", path="%QUEUE%/only/{name}.json", connection="AzureWebJobsStorage")
def patterned(blob: func.InputStream) -> None:
    _note(function="patterned", name=blob.name)


@app.blob_trigger(arg_name="blob", path="%EVENTS%/{name}", connection="AzureWebJobsStorage", source="EventGrid")
async def notified(blob: func.InputStream) -> None:
    _note(function="notified", name=blob.name, content=blob.read().decode())


@app.timer_trigger(arg_name="timer", schedule="%TICK%")
async def tick(timer: func.TimerRequest) -> None:
    _note(function="tick", past_due=timer.past_due, at=time.time())


@app.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *", run_on_startup=True)
async def yearly(timer: func.TimerRequest) -> None:
    _note(function="yearly", past_due=timer.past_due)
