"""The local Functions host: indexes and runs a Functions app as Azure does, on Microsoft's own worker library.

It knows nothing of the app it runs. Known limits of fidelity: docs/local-host.md.
"""


class LoadError(Exception):
    """The app, its host.json or its settings cannot be hosted; the message says what to mend."""
