"""From pictures to faces: live tracking, the neutral, faces in any picture, anchors for editing, the matte."""
