"""Exit codes of the commands. 1 is an error of the program itself."""

GOOD = 0
NOTHING = 2  # was done
PARTLY = 3
BELOW = 4  # a clip scores less than wanted
