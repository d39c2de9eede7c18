"""Hand-written requests in the shapes that public clients send; nothing here is made by our own client."""

import ssl
from dataclasses import dataclass
from typing import Any

import httpx

# Nothing here is https, and reading all certificates takes longer than most of the tests.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

BET_FIELDS = "id active payoutMultiplier amountMultiplier amount payout updatedAt currency game"
SEED_FIELDS = "nonce createdAt clientSeed { id seed } serverSeed { id seed seedHash nonce }"

# By game: REST path, key of the answer, body besides amount, currency and identifier, and the same in our library's
# names, under which the round is recomputed.
BETS: dict[str, tuple[str, str, dict[str, Any], dict[str, Any]]] = {
    "limbo": ("limbo/bet", "limboBet", {"multiplierTarget": 1.5}, {"target": "1.5"}),
    "dice": (
        *("dice/roll", "diceRoll"),
        {"target": 50.5, "condition": "above"},
        {"target": "50.5", "condition": "above"},
    ),
    "pump": ("pump/bet", "pumpBet", {"round": 2, "difficulty": "medium"}, {"pumps": 2, "difficulty": "medium"}),
    "keno": (
        *("keno/bet", "kenoBet"),
        {"numbers": [0, 7, 21, 39], "risk": "low"},
        {"picks": [1, 8, 22, 40], "risk": "low"},
    ),
    "plinko": ("plinko/bet", "plinkoBet", {"risk": "high", "rows": 12}, {"risk": "high", "rows": 12}),
    "wheel": ("wheel/spin", "wheelSpin", {"risk": "medium", "segments": 20}, {"risk": "medium", "segments": 20}),
    "diamonds": ("diamonds/bet", "diamondsBet", {}, {}),
    "cases": ("cases/bet", "casesBet", {"difficulty": "medium"}, {"difficulty": "medium"}),
    "bars": (
        *("bars/bet", "barsBet"),
        {"difficulty": "hard", "tiles": [0, 13, 29]},
        {"difficulty": "hard", "tiles": 3, "picks": [0, 13, 29]},
    ),
    "darts": ("darts/bet", "dartsBet", {"difficulty": "expert"}, {"difficulty": "expert"}),
    "snakes": ("snakes/bet", "snakesBet", {"difficulty": "easy", "rollCount": 3}, {"difficulty": "easy", "rolls": 3}),
    "chicken": ("chicken/bet", "chickenBet", {"difficulty": "hard", "round": 1}, {"difficulty": "hard", "lanes": 1}),
    "tarot": ("tarot/bet", "tarotBet", {"difficulty": "easy"}, {"difficulty": "easy"}),
    "drill": ("drill/bet", "drillBet", {"target": 1.7, "pick": 2}, {"target": "1.7", "pick": 2}),
    "packs": ("packs/bet", "packsBet", {}, {}),
    "baccarat": ("baccarat/bet", "baccaratBet", {"banker": 0.01}, {"on": "banker"}),
    "roulette": (
        *("roulette/bet", "rouletteBet"),
        {"colors": [{"value": "colorRed", "amount": 0.01}]},
        {"bet": "red"},
    ),
    "dragon_tower": (
        *("dragon-tower/bet", "dragonTowerBet"),
        {"difficulty": "easy", "eggs": [0, 3, 1]},
        {"difficulty": "easy", "picks": [0, 3, 1]},
    ),
}
WITHOUT_AMOUNT = ("baccarat", "roulette")

LIMBO = f"""
mutation LimboBet($amount: Float!, $multiplierTarget: Float!, $currency: CurrencyEnum!, $identifier: String!) {{
  limboBet(amount: $amount, multiplierTarget: $multiplierTarget, currency: $currency, identifier: $identifier) {{
    ...CasinoBet
    state {{ ...CasinoGameLimbo }}
  }}
}}
fragment CasinoBet on CasinoBet {{ {BET_FIELDS} {SEED_FIELDS} user {{ id name }} }}
fragment CasinoGameLimbo on CasinoGameLimbo {{ result multiplierTarget }}
"""
PUMP = f"""
mutation PumpBet($amount: Float!, $difficulty: CasinoGamePumpDifficultyEnum!, $currency: CurrencyEnum!,
                 $identifier: String!, $round: Int!) {{
  pumpBet(amount: $amount, difficulty: $difficulty, currency: $currency, identifier: $identifier, round: $round) {{
    {BET_FIELDS} nonce state {{ ... on CasinoGamePump {{ difficulty payoutMultiplier round }} }}
  }}
}}
"""
DICE = """
mutation DiceRoll($amount: Float!, $target: Float!, $condition: CasinoGameDiceConditionEnum!,
                  $currency: CurrencyEnum!, $identifier: String!) {
  diceRoll(amount: $amount, target: $target, condition: $condition, currency: $currency, identifier: $identifier) {
    id nonce iid: id state { ... on CasinoGameDice { result target condition } }
  }
}
"""
SEED_PAIR = """
query UserSeedPair { user { id activeClientSeed { id seed } activeServerSeed { id nonce seedHash nextSeedHash }
  activeCasinoBets { id amount currency game createdAt } } }
"""
PREVIOUS_PAIR = "query { user { previousServerSeed { seed seedHash nonce } previousClientSeed { seed } } }"
ROTATE = """
mutation RotateSeedPair($seed: String!) { rotateSeedPair(seed: $seed) { clientSeed { user { id
  activeClientSeed { id seed } activeServerSeed { id nonce seedHash nextSeedHash } } } } }
"""
BALANCES = "query UserBalances { user { id balances { available { amount currency } vault { amount currency } } } }"
VAULT = """
mutation CreateVaultDeposit($currency: CurrencyEnum!, $amount: Float!) {
  createVaultDeposit(currency: $currency, amount: $amount) { id amount currency user { id } } }
"""
LOOK_UP = f"""
query BetLookup($iid: String, $betId: String) {{ bet(iid: $iid, betId: $betId) {{ id iid type scope bet {{
  ... on CasinoBet {{ {BET_FIELDS} {SEED_FIELDS} state {{
    ... on CasinoGameLimbo {{ limbo: result }} ... on CasinoGameDice {{ dice: result }} }} }}
  ... on MultiplayerCrashBet {{ id crash: game {{ id seed {{ seed }} hash {{ hash number }} }} }} }} }} }}
"""
HISTORY = f"""
query UserHouseBetList($limit: Int, $offset: Int) {{ user {{ houseBetList(limit: $limit, offset: $offset) {{
  id iid type scope game {{ name icon slug }} bet {{ ... on CasinoBet {{ {BET_FIELDS} {SEED_FIELDS} }} }} }} }} }}
"""


def body(game: str, *, amount: float = 0.01, currency: str = "usdt") -> dict[str, Any]:
    """A whole REST body of a game."""
    money = {} if game in WITHOUT_AMOUNT else {"amount": amount}
    return {**money, **BETS[game][2], "currency": currency, "identifier": "V1StGXR8_Z5jdHi6B-myT"}


@dataclass(frozen=True)
class Caller:
    """Somebody who calls the venue."""

    client: httpx.Client

    def graphql(self, query: str, **variables: Any) -> dict[str, Any]:
        """The whole answer to a document."""
        answer = self.client.post("/_api/graphql", json={"query": query, "variables": variables})
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert isinstance(found, dict)
        return found

    def user(self, query: str, **variables: Any) -> dict[str, Any]:
        """What a query tells of the user."""
        answer = self.graphql(query, **variables)
        assert "errors" not in answer, answer
        found = answer["data"]["user"]
        assert isinstance(found, dict)
        return found

    def rest(self, path: str, given: dict[str, Any]) -> httpx.Response:
        """A request to a path of REST."""
        return self.client.post(f"/_api/casino/{path}", json=given)

    def place(self, game: str, **money: Any) -> httpx.Response:
        """A bet by REST."""
        return self.rest(BETS[game][0], body(game, **money))

    def limbo(self, *, amount: float = 0.01, target: float = 1.5, currency: str = "usdt") -> dict[str, Any]:
        """A Limbo bet by GraphQL; the whole answer."""
        return self.graphql(LIMBO, amount=amount, multiplierTarget=target, currency=currency, identifier="x" * 21)
