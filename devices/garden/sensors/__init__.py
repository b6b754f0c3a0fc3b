"""One module for each kind of sensor: how it is opened, asked and decoded."""
