"""Polls, and what changed from one to the next.

A poll is told apart by its sport and moment; what came from a simulated provider never meets what came from a real one,
because every event and poll says which of the two it is of. A change is told apart by its event, book, market, side and
moment: the same poll twice adds nothing.

Changes and standing quotes point at their polls, events and books without a constraint of the database: PostgreSQL
checks one row by row at commit, which took 100 ms of a poll of 3,942 quotes. `storage.write` alone makes these rows,
with numbers it has just read in the same transaction; nothing removes events or books, and `retention` removes a poll
only when none of its changes is left.
"""

from django.db import models
from django.db.models import F, Q

from markets.quotes import Market, Side

MARKETS = [each.value for each in Market]
SIDES = [each.value for each in Side]
NAME_MAX = 200


class Source(models.TextChoices):
    """Where a poll came from."""

    LIVE = "live", "the provider, live"
    HISTORY = "history", "the provider's history"
    RECORDING = "recording", "a recording"
    SIMULATION = "simulation", "a simulated provider"


class Book(models.Model):
    """A bookmaker or exchange, by the provider's key."""

    id = models.SmallAutoField(primary_key=True)
    key = models.CharField(max_length=60, unique=True)
    title = models.CharField(max_length=NAME_MAX, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(key=""), name="markets_book_has_a_key")]

    def __str__(self) -> str:
        return self.title or self.key


class Event(models.Model):
    """A game, as the provider lists it."""

    provider_id = models.CharField(max_length=64)
    is_simulated = models.BooleanField()
    sport = models.CharField(max_length=60)
    home = models.CharField(max_length=NAME_MAX)
    away = models.CharField(max_length=NAME_MAX)
    commences_at = models.DateTimeField(help_text="As the last poll that listed it had it.")
    first_commences_at = models.DateTimeField(help_text="As the first poll that listed it had it.")
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider_id", "is_simulated"], name="markets_event_once"),
            models.CheckConstraint(condition=~Q(provider_id="") & ~Q(sport=""), name="markets_event_is_named"),
            models.CheckConstraint(
                condition=Q(first_seen_at__lte=F("last_seen_at")), name="markets_event_seen_in_order"
            ),
        ]
        indexes = [models.Index(fields=["sport", "commences_at"], name="markets_event_by_start")]

    def __str__(self) -> str:
        return f"{self.away} at {self.home}"


class Listing(models.Model):
    """From this poll on an event is listed with this start, or it no longer is: what any poll listed can be told."""

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField(help_text="Of the poll.")
    commences_at = models.DateTimeField(null=True, help_text="NULL: no longer listed.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "at"], name="markets_listing_once")]
        indexes = [models.Index(fields=["at"], name="markets_listing_by_time")]

    def __str__(self) -> str:
        return f"event {self.event_id} at {self.at:%Y-%m-%d %H:%M:%S}"


class Poll(models.Model):
    """The provider asked once for one sport: silence and outage can be told apart by these rows."""

    sport = models.CharField(max_length=60)
    at = models.DateTimeField(help_text="When the answer was fetched.")
    is_simulated = models.BooleanField()
    source = models.CharField(max_length=10, choices=Source)
    # Of the answer's body; NULL where only its changes were recorded.
    payload_sha256 = models.BinaryField(null=True)  # noqa: DJ001
    events = models.PositiveIntegerField()
    quotes = models.PositiveIntegerField()
    changes = models.PositiveIntegerField()
    credits = models.PositiveIntegerField(null=True, help_text="What the provider charged; NULL where it did not say.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sport", "is_simulated", "at"], name="markets_poll_once"),
            models.CheckConstraint(condition=Q(source__in=Source.values), name="markets_poll_has_a_source"),
            models.CheckConstraint(condition=~Q(sport=""), name="markets_poll_has_a_sport"),
            models.CheckConstraint(
                condition=Q(source=Source.SIMULATION, is_simulated=True)
                | (~Q(source=Source.SIMULATION) & Q(is_simulated=False)),
                name="markets_poll_says_what_is_simulated",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sport} at {self.at:%Y-%m-%d %H:%M:%S}"


class _Quoted(models.Model):
    """A quote, or that there is none."""

    point = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    price = models.DecimalField(max_digits=14, decimal_places=6, null=True, help_text="Decimal odds; NULL: taken down.")
    american = models.IntegerField(null=True, help_text="As the provider gave it; NULL where it gave decimal odds.")
    updated_at = models.DateTimeField(null=True, help_text="When the provider had last confirmed it.")
    in_play = models.BooleanField(help_text="At or after the start that the poll listed.")
    stale = models.BooleanField(help_text="No longer confirmed by the provider: it counts as no quote.")

    class Meta:
        abstract = True


def _quote_is_whole(name: str) -> list[models.CheckConstraint]:
    return [
        models.CheckConstraint(condition=Q(market__in=MARKETS, side__in=SIDES), name=f"{name}_is_of_a_market"),
        models.CheckConstraint(condition=Q(price__isnull=True) | Q(price__gt=1), name=f"{name}_price_above_one"),
        models.CheckConstraint(
            condition=Q(price__isnull=False) | Q(point__isnull=True, american__isnull=True, stale=False),
            name=f"{name}_taken_down_is_empty",
        ),
        models.CheckConstraint(
            condition=Q(market=Market.H2H, point__isnull=True)
            | Q(price__isnull=True)
            | (~Q(market=Market.H2H) & Q(point__isnull=False)),
            name=f"{name}_point_where_it_has_one",
        ),
    ]


class QuoteChange(_Quoted):
    """A book's quote became another; the one that stands at a moment is the last change at or before it."""

    id = models.BigAutoField(primary_key=True)
    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    market = models.CharField(max_length=7)
    side = models.CharField(max_length=1)
    at = models.DateTimeField(help_text="Of the poll.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "market", "book", "side", "at"], name="markets_change_once"),
            *_quote_is_whole("markets_change"),
        ]
        indexes = [models.Index(fields=["at"], name="markets_change_by_time")]

    def __str__(self) -> str:
        return f"{self.market} {self.side} at {self.at:%Y-%m-%d %H:%M:%S}"


class Standing(_Quoted):
    """What a book quotes now: the last change, kept beside the changes so that a page reads one row a quote."""

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(
        Event, on_delete=models.CASCADE, related_name="standing", db_index=False, db_constraint=False
    )
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    market = models.CharField(max_length=7)
    side = models.CharField(max_length=1)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "market", "book", "side"], name="markets_standing_once"),
            *_quote_is_whole("markets_standing"),
        ]

    def __str__(self) -> str:
        return f"{self.market} {self.side} since {self.changed_at:%Y-%m-%d %H:%M:%S}"
