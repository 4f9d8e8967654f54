"""What a ticket goes through, in order: hooks, admit, judge, record, release, deliver, meter. Clock and helpdesks are
handed in; a step that writes says whether it opens the transaction or is called inside one."""
