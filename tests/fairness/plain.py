"""The games once more, as plainly as they can be written: the second opinion behind our own known answers.

Written from the description of each game and not from the library, of which it takes the payout tables alone. No
speed, no checks, no shared helpers but the floats; each function answers under the names of the known answers.
"""

import hashlib
import hmac
import importlib
import math
from decimal import ROUND_FLOOR, Decimal
from typing import Any

SUITS = ["diamond", "heart", "spade", "club"]
RANKS = ["2", "3", "4", "5", "6", "7", "8", "9", "10", "J", "Q", "K", "A"]
DECK = [f"{rank}-{suit}" for rank in RANKS for suit in SUITS]


def digest(server_seed: str, client_seed: str, nonce: int, block: int) -> bytes:
    message = f"{client_seed}:{nonce}:{block}"
    return hmac.new(server_seed.encode(), message.encode(), hashlib.sha256).digest()


def floats(record: dict[str, Any], count: int) -> list[float]:
    stream = b""
    for block in range(count // 8 + 1):
        stream += digest(record["server_seed"], record["client_seed"], record["nonce"], block)
    found = []
    for start in range(0, 4 * count, 4):
        b0, b1, b2, b3 = stream[start : start + 4]
        found.append(b0 / 256 + b1 / 256**2 + b2 / 256**3 + b3 / 256**4)
    return found


def shuffle(numbers: list[float], size: int) -> list[int]:
    pool, drawn = list(range(size)), []
    for number in numbers:
        item = pool[math.floor(number * len(pool))]
        pool.remove(item)
        drawn.append(item)
    return drawn


def cut(value: float) -> float:
    """Two decimals, the rest cut off."""
    return float(Decimal(value).quantize(Decimal("0.01"), ROUND_FLOOR))


def table(game: str, name: str) -> Any:
    return getattr(importlib.import_module(f"fairness.games.{game}"), name)


def from_floats(record: dict[str, Any]) -> dict[str, Any]:
    params = record["params"]
    cursor, count = params["byte_cursor"], params["count"]
    stream = b"".join(
        digest(record["server_seed"], record["client_seed"], record["nonce"], block)
        for block in range((cursor + 4 * count) // 32 + 1)
    )
    values = [int.from_bytes(stream[at : at + 4], "big") / 2**32 for at in range(cursor, cursor + 4 * count, 4)]
    return {"floats_12dp": [round(value, 12) for value in values]}


def limbo(record: dict[str, Any]) -> dict[str, Any]:
    (number,) = floats(record, 1)
    whole = math.floor(number * 2**24) + 1
    hundredths = 99 * 2**24 // whole  # in integers: 100 x 0.99 x 2^24 / whole, cut
    return {"multiplier": max(1.0, hundredths / 100)}


def dice(record: dict[str, Any]) -> dict[str, Any]:
    return {"roll": math.floor(floats(record, 1)[0] * 10001) / 100}


def pop(record: dict[str, Any], size: int) -> int:
    drawn = {"easy": 1, "medium": 3, "hard": 5, "expert": 10}[record["params"]["difficulty"]]
    return min(shuffle(floats(record, drawn), size))


def ladder(size: int, drawn: int, step: int) -> float:
    if step == 0:
        return 1.0
    exact = Decimal("0.98") * math.comb(size, drawn) / math.comb(size - step, drawn)
    return float(exact.quantize(Decimal("0.01"), "ROUND_HALF_UP"))


def pump(record: dict[str, Any]) -> dict[str, Any]:
    step = pop(record, 25)
    if (record["params"]["difficulty"], step) == ("hard", 17):
        return {"multiplier": 929.77}
    drawn = {"easy": 1, "medium": 3, "hard": 5, "expert": 10}[record["params"]["difficulty"]]
    return {"multiplier": ladder(25, drawn, step)}


def chicken(record: dict[str, Any]) -> dict[str, Any]:
    drawn = {"easy": 1, "medium": 3, "hard": 5, "expert": 10}[record["params"]["difficulty"]]
    return {"multiplier": ladder(20, drawn, pop(record, 20))}


def mines(record: dict[str, Any]) -> dict[str, Any]:
    count = record["params"]["mines"]
    return {"mine_positions_0based_sorted": sorted(shuffle(floats(record, count), 25))}


def keno(record: dict[str, Any]) -> dict[str, Any]:
    drawn = [item + 1 for item in shuffle(floats(record, 10), 40)]
    return {"numbers_1based_sorted": sorted(drawn), "numbers_1based_draw_order": drawn}


def plinko(record: dict[str, Any]) -> dict[str, Any]:
    path = ["R" if number >= 0.5 else "L" for number in floats(record, record["params"]["rows"])]
    return {"path": path, "bucket_index_from_left": path.count("R")}


def wheel(record: dict[str, Any]) -> dict[str, Any]:
    return {"segment_index": math.floor(floats(record, 1)[0] * record["params"]["segments"])}


def roulette(record: dict[str, Any]) -> dict[str, Any]:
    return {"pocket": math.floor(floats(record, 1)[0] * 37)}


def diamonds(record: dict[str, Any]) -> dict[str, Any]:
    gems = ["green", "purple", "yellow", "red", "cyan", "pink", "blue"]
    return {"gems": [gems[math.floor(number * 7)] for number in floats(record, 5)]}


def dealt(record: dict[str, Any], count: int) -> list[str]:
    return [DECK[math.floor(number * 52)] for number in floats(record, count)]


def baccarat(record: dict[str, Any]) -> dict[str, Any]:
    dealt_cards = dealt(record, 6)
    return {"player_cards": dealt_cards[:2], "banker_cards": dealt_cards[2:4], "third_cards": dealt_cards[4:]}


def blackjack(record: dict[str, Any]) -> dict[str, Any]:
    dealt_cards = dealt(record, 52)
    return {"player_cards": dealt_cards[:2], "dealer_cards": dealt_cards[2:4], "remaining_cards": dealt_cards[4:]}


def hilo(record: dict[str, Any]) -> dict[str, Any]:
    return {"cards": dealt(record, 52)}


def cards(record: dict[str, Any]) -> dict[str, Any]:
    return {"cards": dealt(record, record["params"]["count"])}


def video_poker(record: dict[str, Any]) -> dict[str, Any]:
    hand = [DECK[item] for item in shuffle(floats(record, 10), 52)]
    return {"initial_hand": hand[:5], "coming_hand": hand[5:]}


def dragon_tower(record: dict[str, Any]) -> dict[str, Any]:
    eggs, tiles = {"easy": (3, 4), "medium": (2, 3), "hard": (1, 2), "expert": (1, 3), "master": (1, 4)}[
        record["params"]["difficulty"]
    ]
    numbers = floats(record, 9 * eggs)
    return {"egg_positions_by_row": [shuffle(numbers[row * eggs : row * eggs + eggs], tiles) for row in range(9)]}


def moles(record: dict[str, Any]) -> dict[str, Any]:
    count = record["params"]["moles"]
    rounds = 8 if count == 1 else 9
    numbers = floats(record, rounds * count)
    return {"mole_positions_by_round": [shuffle(numbers[at * count : at * count + count], 7) for at in range(rounds)]}


def snakes(record: dict[str, Any]) -> dict[str, Any]:
    faces = [math.floor(number * 6) + 1 for number in floats(record, 10)]
    return {"roll_totals": [faces[at] + faces[at + 1] for at in range(0, 10, 2)]}


def drill(record: dict[str, Any]) -> dict[str, Any]:
    values = []
    for number in floats(record, 3):
        values.append(1.0 if number < 0.02 else cut(min(0.98 / (1 - number), 2_000_000)))
    return {"multipliers": values}


def flip(record: dict[str, Any]) -> dict[str, Any]:
    return {"values": ["tails" if number <= 0.5 else "heads" for number in floats(record, 20)]}


def rock_paper_scissors(record: dict[str, Any]) -> dict[str, Any]:
    names = ["rock", "paper", "scissors"]
    return {"values": [names[math.floor(number * 3)] for number in floats(record, 20)]}


def of_hash(record: dict[str, Any]) -> str:
    return hmac.new(record["game_hash"].encode(), record["salt"].encode(), hashlib.sha256).hexdigest()


def crash(record: dict[str, Any], kept: int = 99) -> dict[str, Any]:
    whole = int(of_hash(record)[:8], 16) + 1
    return {"multiplier": max(1.0, kept * 2**32 // whole / 100)}


def slide(record: dict[str, Any]) -> dict[str, Any]:
    return crash(record, kept=98)


def zoo(record: dict[str, Any]) -> dict[str, Any]:
    names = ["lion", "cheetah"] + ["elephant"] * 2 + ["crocodile"] * 2 + ["rhino"] * 4 + ["penguin"] * 10
    text = of_hash(record)
    return {"animals": [names[int(text[at : at + 8], 16) % 20] for at in (0, 8, 16)]}


def row_of(rows: Any, number: float) -> int:
    for index, (minimum, _) in enumerate(rows):
        if number >= minimum:
            return index
    raise AssertionError("the last minimum is zero")


def cases(record: dict[str, Any]) -> dict[str, Any]:
    rows = table("cases", "PAYOUTS")[record["params"]["difficulty"]]
    return {"multiplier": float(rows[row_of(rows, floats(record, 1)[0])][1])}


def tarot(record: dict[str, Any]) -> dict[str, Any]:
    difficulty, numbers = record["params"]["difficulty"], floats(record, 3)
    minor, major = table("tarot", "MINOR")[difficulty], table("tarot", "MAJOR")[difficulty]
    lists = zip((minor, major, minor), numbers, strict=True)
    return {"multipliers": [float(rows[row_of(rows, number)][1]) for rows, number in lists]}


def packs(record: dict[str, Any]) -> dict[str, Any]:
    rows = table("packs", "PAYOUTS")
    return {"card_ids": sorted(row_of(rows, number) + 1 for number in floats(record, 5))}


def bars(record: dict[str, Any]) -> dict[str, Any]:
    rows, tiles = table("bars", "PAYOUTS")[record["params"]["difficulty"]], record["params"]["tiles"]
    listed = [float(rows[row_of(rows, number)][1]) for number in floats(record, 30)]
    return {"tile_multipliers": [math.floor(100 * (value / tiles)) / 100 for value in listed]}


def darts(record: dict[str, Any]) -> dict[str, Any]:
    rotation, distance = floats(record, 2)
    board = table("darts", "BOARDS")[record["params"]["difficulty"]]
    radius, wedge = math.sqrt(distance) / 2 * 1000, math.floor(rotation * 18)
    if radius <= board.bull:
        part = "bull"
    elif radius <= board.inner:
        part = "inner"
    elif radius <= board.middle:
        part = "middle"
    elif radius < board.ring:
        part = "red" if wedge in board.red else "orange" if wedge in board.orange else "yellow"
    else:
        part = "inner"
    return {
        "rotation": rotation,
        "distance": distance,
        "pixel_color": table("darts", "COLOURS")[part],
        "multiplier": float(board.multipliers[part]),
    }


def scarab_spin(record: dict[str, Any]) -> dict[str, Any]:
    start = 5 * record["params"]["round"]
    numbers = floats(record, start + 5)[start:]
    centers, shown = [], []
    for reel, number in zip(table("scarab_spin", "REELS"), numbers, strict=True):
        at = math.floor(number * len(reel))
        centers.append(at)
        shown.append([reel[at - 1], reel[at], reel[(at + 1) % len(reel)]])
    return {"center_indices": centers, "reels": shown}


def tome_of_life(record: dict[str, Any]) -> dict[str, Any]:
    return {"center_indices": scarab_spin(record)["center_indices"]}


def blue_samurai(record: dict[str, Any]) -> dict[str, Any]:
    assert record["params"]["round"] == 0  # later rounds of our own making need the whole bet played
    numbers, columns = iter(floats(record, 18)), []
    for reel, size in enumerate((3, 4, 4, 4, 3)):
        column = []
        for number in (next(numbers) for _ in range(size)):
            total = 0
            for symbol, (outer, inner) in table("blue_samurai", "CHANCES").items():
                total += outer if reel in (0, 4) else inner
                if number < total / 1000:
                    column.append(symbol)
                    break
        columns.append(column)
    return {"columns": columns}


GAMES = {
    **{function.__name__: function for function in (limbo, dice, pump, chicken, mines, keno, plinko, wheel, roulette)},
    **{function.__name__: function for function in (diamonds, baccarat, blackjack, hilo, cards, video_poker)},
    **{function.__name__: function for function in (dragon_tower, moles, snakes, drill, flip, rock_paper_scissors)},
    **{function.__name__: function for function in (crash, slide, zoo, cases, tarot, packs, bars, darts)},
    **{function.__name__: function for function in (scarab_spin, tome_of_life, blue_samurai)},
    "primedice": dice,
    "floats": from_floats,
}
