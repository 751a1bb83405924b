"""Assembles the Functions app from its blueprints; Azure's worker and the local host index this file."""

import os

import azure.functions as func

from triggers import deadletters, description, health, intake, logs, pauses, plans, processing, stats

app = func.FunctionApp()
app.register_functions(intake.blueprint)
app.register_functions(plans.blueprint)
app.register_functions(deadletters.blueprint)
app.register_functions(pauses.blueprint)
app.register_functions(logs.blueprint)
app.register_functions(stats.blueprint)
app.register_functions(description.blueprint)
app.register_functions(health.blueprint)
# The trigger's source is part of the binding, so it is the one setting that is needed when the app is indexed.
app.register_functions(processing.blueprint_for(os.environ.get("BLOB_TRIGGER_SOURCE", "EventGrid")))
