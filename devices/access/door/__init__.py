"""A door: badges, strike or magnet, contact, exit button, fire input."""
