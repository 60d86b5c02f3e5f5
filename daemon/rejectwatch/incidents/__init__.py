"""When to speak up: rules, windows, what opens an incident and what proves that it is over."""
