-- Keys page by page, in the order of their bytes. With what decides about each, so that no row is read: a million keys are a look at the index.
CREATE INDEX entries_in_order ON entries (key, added_at, expires_at);

-- Without fetched_at, which changes with every look at an upstream.
CREATE INDEX upstream_listings_in_order ON upstream_listings (key);
