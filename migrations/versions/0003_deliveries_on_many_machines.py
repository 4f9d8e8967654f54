"""deliveries on many machines

Revision: 0003, after 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('endings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('connection_id', sa.Integer(), nullable=False),
    sa.Column('remote_id', sa.String(length=120), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['connection_id'], ['connections.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('connection_id', 'remote_id')
    )
    with op.batch_alter_table('endings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_endings_received_at'), ['received_at'], unique=False)

    with op.batch_alter_table('connections', schema=None) as batch_op:
        batch_op.add_column(sa.Column('failures', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('broken_since', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('probe_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('calm_until', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('pace', sa.Double(), server_default='1', nullable=False))
        batch_op.add_column(sa.Column('looked_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('look_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('look_trouble', sa.String(length=300), server_default='', nullable=False))

    with op.batch_alter_table('deliveries', schema=None) as batch_op:
        batch_op.add_column(sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('repeat_from', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('waited', sa.Integer(), server_default='0', nullable=False))

    with op.batch_alter_table('events', schema=None) as batch_op:
        batch_op.add_column(sa.Column('source', sa.String(length=8), server_default='webhook', nullable=False))
        batch_op.add_column(sa.Column('about', sa.String(length=120), nullable=True))
        batch_op.create_index('ix_events_about', ['connection_id', 'about'], unique=False)

    with op.batch_alter_table('sandbox_messages', schema=None) as batch_op:
        batch_op.add_column(sa.Column('did', sa.String(length=8), server_default='before', nullable=False))

    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.add_column(sa.Column('told_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('turned_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('touched_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('waiting_told_at', sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table('workers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('capacity', sa.Integer(), server_default='0', nullable=False))

    if op.get_context().dialect.name == "postgresql":
        from entitlements.engine.postgres import schema  # each start reads this file, and SQLite needs nothing of it

        op.get_bind().execution_options(no_parameters=True).exec_driver_sql(schema())


def downgrade() -> None:
    with op.batch_alter_table('workers', schema=None) as batch_op:
        batch_op.drop_column('capacity')

    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.drop_column('waiting_told_at')
        batch_op.drop_column('touched_at')
        batch_op.drop_column('turned_at')
        batch_op.drop_column('told_at')

    with op.batch_alter_table('sandbox_messages', schema=None) as batch_op:
        batch_op.drop_column('did')

    with op.batch_alter_table('events', schema=None) as batch_op:
        batch_op.drop_index('ix_events_about')
        batch_op.drop_column('about')
        batch_op.drop_column('source')

    with op.batch_alter_table('deliveries', schema=None) as batch_op:
        batch_op.drop_column('waited')
        batch_op.drop_column('repeat_from')
        batch_op.drop_column('claimed_at')

    with op.batch_alter_table('connections', schema=None) as batch_op:
        batch_op.drop_column('look_trouble')
        batch_op.drop_column('look_at')
        batch_op.drop_column('looked_at')
        batch_op.drop_column('pace')
        batch_op.drop_column('calm_until')
        batch_op.drop_column('probe_at')
        batch_op.drop_column('broken_since')
        batch_op.drop_column('failures')

    with op.batch_alter_table('endings', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_endings_received_at'))

    op.drop_table('endings')
