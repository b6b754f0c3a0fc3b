"""What the tests of the pages share."""

from tests.hub.web.cabinets import arcade_in_the_catalogue

__all__ = ["arcade_in_the_catalogue"]
