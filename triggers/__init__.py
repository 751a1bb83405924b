"""The Azure Functions of the app: blueprints that turn a trigger into a call of the core, and nothing more."""
