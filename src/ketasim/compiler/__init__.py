"""From equations to one source file: derivatives, elimination order, sparse factors, text. Nothing is solved here."""
