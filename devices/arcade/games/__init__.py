"""The programs that play the games: which game runs, messages on the screen, save and close, how loud."""
