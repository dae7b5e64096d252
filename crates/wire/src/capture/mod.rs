//! Captures: pcap and pcapng, packets, TCP streams.
