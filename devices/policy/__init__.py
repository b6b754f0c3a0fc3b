"""Who may do what, as a node knows it: rules and keyed hashes from the hub, and the decision made from them here."""
