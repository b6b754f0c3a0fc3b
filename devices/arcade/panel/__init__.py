"""The panel under people's hands: how its switches are understood, how each of them ages, and a tester for them."""
