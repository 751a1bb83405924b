"""The functions that process records: the blob trigger, and the sweep that needs no trigger."""

import logging

import azure.functions as func

from orchestration.tracing import invoked
from triggers.current import current_app

_log = logging.getLogger(__name__)


def blueprint_for(source: str) -> func.Blueprint:
    """Return the functions, with the blob trigger fed by `EventGrid` or by polling, `LogsAndContainerScan`."""
    blueprint = func.Blueprint()

    @blueprint.function_name("record_queued")
    @blueprint.blob_trigger(
        "blob", path="%QUEUE_CONTAINER%/{name}", connection="AzureWebJobsStorage", source=func.BlobSource(source)
    )
    async def record_queued(blob: func.InputStream, context: func.Context) -> None:
        _, _, name = (blob.name or "").partition("/")
        with invoked(context.function_name, context.invocation_id):
            await current_app().sweep.take_up(name)

    @blueprint.function_name("sweep")
    @blueprint.timer_trigger("timer", schedule="%SWEEP_SCHEDULE%")
    async def sweep(timer: func.TimerRequest, context: func.Context) -> None:
        with invoked(context.function_name, context.invocation_id):
            swept = await current_app().sweep.run()
            if swept.queued or swept.due:
                _log.info("swept %d queued and %d due records", swept.queued, swept.due)
            if shipped := await current_app().outbox.ship():
                _log.info("shipped %d events from the outbox to the log", shipped)

    return blueprint
