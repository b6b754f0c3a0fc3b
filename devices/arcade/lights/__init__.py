"""Lamps: what they show when, and the show that drives them."""
