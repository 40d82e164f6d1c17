"""How long a delivery may take, when one that failed is sent again, and what becomes of its subscription.

Source: Shopify, webhooks: 8 retries over 4 hours with exponential back-off, since 2024-09-10.
"""

# Doubling from one minute; the last is cut so that the eighth retry comes four hours after the first attempt.
RETRY_DELAYS: tuple[float, ...] = (60, 120, 240, 480, 960, 1920, 3840, 6780)
# An answer 410 is an answer like others. Source: Shopify names no status that ends the retries.
GONE_DISABLES = False
# Source: Shopify, webhooks: five seconds in all for a delivery.
DEADLINE = 5.0
# What tells that a delivery arrived. Source: Shopify, webhooks: any 200 series answer.
ARRIVED = range(200, 300)
# Source: Shopify, webhooks: a subscription of the Admin API is deleted after the last failure.
FAILURE_REMOVES = True
