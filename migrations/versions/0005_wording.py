"""languages and replies

Revision: 0005, after 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

LANGUAGES = (('customers', ''), ('tickets', ''), ('decisions', 'en'))


def upgrade() -> None:
    for table, usual in LANGUAGES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column('language', sa.String(length=8), server_default=usual, nullable=False))

    with op.batch_alter_table('connections', schema=None) as batch_op:
        batch_op.add_column(sa.Column('reply_trouble', sa.String(length=300), server_default='', nullable=False))


def downgrade() -> None:
    with op.batch_alter_table('connections', schema=None) as batch_op:
        batch_op.drop_column('reply_trouble')

    for table, _ in reversed(LANGUAGES):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column('language')
