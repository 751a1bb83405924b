"""An OrderCloud stand-in for a laptop: a real HTTP server that keeps OrderCloud's rules, state and error shapes.

It is written from OrderCloud's documentation and API description alone and must not import the product's packages,
so that client and sandbox check each other.
"""
