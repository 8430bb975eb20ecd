"""Runs chat's migrations; how is ``platform.migrations``' business."""

from tertulia.platform import migrations

migrations.run()
