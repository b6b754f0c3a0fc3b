"""NTAG 424 DNA tags, which prove by a message which they are (SUN, NXP AN12196): see docs/access-sun.md."""
