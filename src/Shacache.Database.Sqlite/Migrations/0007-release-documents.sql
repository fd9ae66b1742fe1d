-- Objects that the entry of a release names beside its content: its relocation map and its requirements (docs/relocation.md, "The documents"). Few entries have them.
-- The program asks by these very expressions (Entries/ReleaseDocumentRows.cs).
CREATE INDEX entries_by_relocation_map ON entries (CASE WHEN json_valid(information) THEN lower(json_extract(information, '$.relocation_map')) END)
    WHERE instr(information, '"relocation_map"') > 0;
CREATE INDEX entries_by_requirements ON entries (CASE WHEN json_valid(information) THEN lower(json_extract(information, '$.requirements')) END)
    WHERE instr(information, '"requirements"') > 0;
CREATE INDEX upstream_entries_by_relocation_map ON upstream_entries (CASE WHEN json_valid(information) THEN lower(json_extract(information, '$.relocation_map')) END)
    WHERE instr(information, '"relocation_map"') > 0;
CREATE INDEX upstream_entries_by_requirements ON upstream_entries (CASE WHEN json_valid(information) THEN lower(json_extract(information, '$.requirements')) END)
    WHERE instr(information, '"requirements"') > 0;
