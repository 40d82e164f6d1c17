"""How long a delivery may take, when one that failed is sent again, and what becomes of its subscription.

Source: 29 Next, webhooks: success is 200; up to 10 retries with exponential back-off over about 10 days (changelog of
2023-07-18); 20 seconds (2025-09-19); 410 disables at once. Calls to a location's callback go by the same rules, which
is inferred.
"""

# Tripling from half a minute, so that a short trouble is over soon: 10 days and 6 hours in all.
RETRY_DELAYS: tuple[float, ...] = tuple(30.0 * 3**retry for retry in range(10))
GONE_DISABLES = True
DEADLINE = 20.0
# Other answers of the 200 series are failures, as the documents are written.
ARRIVED = range(200, 201)
# What failed to the end is switched off, and its app sees it so.
FAILURE_REMOVES = False
