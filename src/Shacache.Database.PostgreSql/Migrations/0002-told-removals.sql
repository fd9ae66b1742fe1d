-- Every removal of content is told now, also what is removed to make room: what is older than a day goes by this.
CREATE INDEX withdrawals_at ON shacache.withdrawals (at);
