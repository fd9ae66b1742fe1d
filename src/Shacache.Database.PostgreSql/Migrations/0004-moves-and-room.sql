-- One row while an embedded store is copied here, and after that until the first node begins: so long the copy may change everything, and no node may use it.
CREATE TABLE shacache.moves (
    source   text NOT NULL,         -- where everything comes from
    content  text,                  -- where its content goes, if nothing else was there; NULL: nowhere, or something was
    is_whole boolean NOT NULL       -- false: the copy has not come to its end
);

-- Until when it is believed that the store is above its limit and no room can be made, by the clock of PostgreSQL; NULL: there is room. Told by the node that makes it.
ALTER TABLE shacache.blob_order ADD COLUMN exhausted_until timestamptz;
