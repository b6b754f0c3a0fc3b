"""The whole lab on one machine: simulated hardware, a broker of its own, people with badges, the pages."""
