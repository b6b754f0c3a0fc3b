"""What stands around a simulated cabinet: its switches and coin slot as fingers move them, and a RetroArch."""
