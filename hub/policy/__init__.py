"""Policies on their way: signed by the hub, sealed for one node, kept there over a loss of power."""
