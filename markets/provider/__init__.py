"""The odds provider (The Odds API v4): what it is asked, what that costs, and what its errors mean."""
