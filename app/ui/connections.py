"""Who in the window hears of whom."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from app.ui import asking

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow


def connect(window: MainWindow) -> None:
    """Connect the parts of the window."""
    desk, bridge, side = window.desk, window.desk.bridge, window.side
    desk.settings_changed.connect(window.show_settings)
    desk.shelf_changed.connect(window.show_shelf)
    desk.said.connect(window.say)
    desk.calibrating.connect(window.calibrating)
    desk.snapped.connect(lambda _: window.stage.flash())
    desk.adding_changed.connect(window.show_status)
    desk.no_face.connect(window.place_new)
    desk.several_faces.connect(window.choose_face)
    desk.landmarks_wanted.connect(window.edit_landmarks)
    bridge.preview_changed.connect(window.stage.preview.show_newest)
    bridge.preview_changed.connect(window.stage.follow)
    bridge.inset_changed.connect(window.stage.inset.show_newest)
    bridge.status_new.connect(window.show_status)
    bridge.calibration_done.connect(window.calibrated)
    bridge.better_neutral.connect(side.calibrate.show_offer)
    bridge.avatar_on.connect(lambda shown: window.steps.tick("avatar") if shown else None)
    window.stage.preview.watch(desk.session.preview)
    window.stage.inset.watch(desk.session.inset)
    window.actions_table.wanted.connect(window.do)
    window.toolbar.wanted.connect(window.do)
    window.header.theme_wanted.connect(lambda theme: desk.change(replace(desk.settings, theme=theme)))
    window.header.shortcuts_wanted.connect(window.show_shortcuts)
    window.header.menu.clicked.connect(window.open_menu)
    window.shelf.chosen.connect(desk.show_avatar)
    window.shelf.chosen.connect(lambda _: window.steps.tick("avatar"))
    window.shelf.renamed.connect(desk.rename)
    window.shelf.moved.connect(desk.move)
    window.shelf.remove_wanted.connect(desk.remove)
    window.shelf.add_wanted.connect(partial(asking.pictures, window))
    window.shelf.menu_wanted.connect(partial(asking.card_menu, window))
    for name, section in side.sections.items():
        section.set_open(window.state.flag(f"open_{name}", default=True))
        section.folded.connect(lambda is_open, flag=f"open_{name}": window.state.set_flag(flag, is_open))
    window.steps.wanted.connect(window.step)
    window.steps.finished.connect(lambda: window.state.set_flag("first_steps_done"))
    window.patience.timeout.connect(lambda: side.calibrate.show_busy(None))
    side.edited.connect(desk.change)
    side.engine.build_wanted.connect(desk.models.build)
    side.engine.models_wanted.connect(window.models.open)
    side.motion.mapping_wanted.connect(partial(asking.edit_mapping, window))
    side.motion.mapping_unwanted.connect(partial(asking.reset_mapping, window))
    side.calibrate.calibrate_wanted.connect(desk.calibrate)
    side.calibrate.undo_wanted.connect(window.undo_calibration)
    side.calibrate.find_wanted.connect(window.toggle_finding)
    side.calibrate.accept_wanted.connect(desk.session.accept_neutral)
    side.camera.refresh_wanted.connect(window.refresh_cameras)
    side.camera.file_wanted.connect(partial(asking.video, window))
    side.background.colour_wanted.connect(partial(asking.colour, window))
    side.background.picture_wanted.connect(partial(asking.background, window))
    side.virtual_camera.recheck_wanted.connect(desk.session.recheck_virtual_camera)
