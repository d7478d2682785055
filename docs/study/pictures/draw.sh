# Draws the pictures of docs/study/pictures.md anew. From the folder of the project: sh docs/study/pictures/draw.sh
set -e
sash() { node src/cli/sash.js "$@"; }
sash sim s07 --record /tmp/lost.pcapng
sash sim docs/study/pictures/reader.yaml --record /tmp/reader.pcapng
sash sim s27 --record /tmp/saw.pcapng
sash sim docs/study/pictures/asks.yaml --record /tmp/asks.pcapng
sash sim docs/study/pictures/loss.yaml --record /tmp/loss.pcapng
sash trace plot /tmp/lost.sender.pcapng /tmp/lost.receiver.pcapng --kind ladder --to 7.18s -o docs/study/pictures/ladder.svg
sash trace plot /tmp/loss.sender.pcapng /tmp/loss.receiver.pcapng --kind sequence --width 700 --height 360 -o docs/study/pictures/sequence.svg
sash trace plot /tmp/reader.sender.pcapng /tmp/reader.receiver.pcapng --kind window --width 700 --height 300 -o docs/study/pictures/window.svg
sash trace plot /tmp/saw.sender.pcapng --kind window --width 700 --height 300 --to 9s -o docs/study/pictures/saw.svg
sash trace plot /tmp/reader.sender.pcapng /tmp/reader.receiver.pcapng --kind throughput --width 700 --height 300 -o docs/study/pictures/throughput.svg
sash trace plot /tmp/loss.sender.pcapng --kind rtt --width 700 --height 280 -o docs/study/pictures/rtt.svg
sash trace plot /tmp/reader.sender.pcapng /tmp/reader.receiver.pcapng --kind buffer --width 700 --height 300 -o docs/study/pictures/buffer.svg
sash trace plot /tmp/asks.sender.pcapng /tmp/asks.receiver.pcapng --kind window --direction both --width 700 --height 170 -o docs/study/pictures/both.svg
sash trace plot /tmp/lost.sender.pcapng /tmp/lost.receiver.pcapng --kind blame --width 600 -o docs/study/pictures/blame.svg
