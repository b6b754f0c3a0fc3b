"""Who plays how long, when the house is open, and what a social centre may report of it."""
