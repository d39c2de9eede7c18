"""The games that can be placed in one request: their options, their wire bodies, and what they promise. Pure."""

from stake.games.options import GAMES, PlacedGame, check_options, check_order, placed_game, slug_of, venue_slug
from stake.games.prospects import Prospects, expected_loss, prospects
from stake.games.requests import GraphqlRequest, graphql_request, rest_field, rest_request
from stake.games.states import options_of_state, same_options

__all__ = [
    "GAMES",
    "GraphqlRequest",
    "PlacedGame",
    "Prospects",
    "check_options",
    "check_order",
    "expected_loss",
    "graphql_request",
    "options_of_state",
    "placed_game",
    "prospects",
    "rest_field",
    "rest_request",
    "same_options",
    "slug_of",
    "venue_slug",
]
