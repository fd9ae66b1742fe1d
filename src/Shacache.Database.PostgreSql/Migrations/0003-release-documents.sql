-- Objects that the entry of a release names beside its content: its relocation map and its requirements (docs/relocation.md, "The documents"). Few entries have them.
-- The program asks by these very expressions (Entries/ReleaseDocumentRows.cs).
CREATE INDEX entries_by_relocation_map ON entries (lower(substring(information from '"relocation_map"\s*:\s*"([0-9a-fA-F]{128})"')))
    WHERE strpos(information, '"relocation_map"') > 0;
CREATE INDEX entries_by_requirements ON entries (lower(substring(information from '"requirements"\s*:\s*"([0-9a-fA-F]{128})"')))
    WHERE strpos(information, '"requirements"') > 0;
CREATE INDEX upstream_entries_by_relocation_map ON upstream_entries (lower(substring(information from '"relocation_map"\s*:\s*"([0-9a-fA-F]{128})"')))
    WHERE strpos(information, '"relocation_map"') > 0;
CREATE INDEX upstream_entries_by_requirements ON upstream_entries (lower(substring(information from '"requirements"\s*:\s*"([0-9a-fA-F]{128})"')))
    WHERE strpos(information, '"requirements"') > 0;
