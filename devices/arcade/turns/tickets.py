"""What somebody who waits is called: an animal, which needs neither a name nor reading."""

from enum import StrEnum


class Ticket(StrEnum):
    """The pictograms, in the order in which they are handed out."""

    CAT = "cat"
    DOG = "dog"
    FOX = "fox"
    OWL = "owl"
    BEE = "bee"
    FISH = "fish"
    FROG = "frog"
    DUCK = "duck"
    BEAR = "bear"
    LION = "lion"
    MOUSE = "mouse"
    HORSE = "horse"
    RABBIT = "rabbit"
    TURTLE = "turtle"
    WHALE = "whale"
    SNAIL = "snail"
    CRAB = "crab"
    PANDA = "panda"
    TIGER = "tiger"
    ZEBRA = "zebra"
    KOALA = "koala"
    PENGUIN = "penguin"
    CAMEL = "camel"
    ELEPHANT = "elephant"
