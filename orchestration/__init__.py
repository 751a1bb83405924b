"""The heart: the ten steps that take a posted record to OrderCloud, the decisions in them, and the ports they need."""
