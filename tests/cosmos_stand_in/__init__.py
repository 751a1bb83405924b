"""A small stand-in for Cosmos DB on the wire, by Microsoft's REST reference, for the real SDK to talk to.

It knows what the event log uses and refuses the rest. It measures nothing: its request charges are made up.
"""
