"""`plancton demand`: one place in a facility that knows how many jobs wait, and for which hosts they are.

Nothing but the standard library, and nothing else of the agent, so that it runs beside a pool by itself.
"""
