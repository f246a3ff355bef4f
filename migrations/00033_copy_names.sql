-- +goose Up
COMMENT ON COLUMN person.code_sealed IS 'personal: category=identity_code purpose=identification ground=public_interest rule=account copy=account.identity_code; encrypted';
COMMENT ON COLUMN person.foreign_sealed IS 'personal: category=identity_code purpose=identification ground=public_interest rule=account copy=account.foreign_identifier; eIDAS identifier, encrypted';

-- +goose Down
COMMENT ON COLUMN person.code_sealed IS 'personal: category=identity_code purpose=identification ground=public_interest rule=account copy=account.code_sealed; encrypted';
COMMENT ON COLUMN person.foreign_sealed IS 'personal: category=identity_code purpose=identification ground=public_interest rule=account copy=account.foreign_sealed; eIDAS identifier, encrypted';
