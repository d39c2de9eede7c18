"""Many nonces of one seed pair at once. `fairness.scan` is the way in; read these modules in this order:

`plan` (what is looked for), `result` (what was found), `cells` (results as small integers), `mappings` and `rules` (how
random words become cells), `lanes` and `kernels` (HMAC-SHA256 of many messages side by side), `counting` (one piece of
nonces on each back-end), `engine` (pieces by time, threads, processes, cancel) and `cluster` (more machines than one).
"""
