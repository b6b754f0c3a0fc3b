"""Who is signed in: sessions, the throttle of guesses, and what each role may."""
