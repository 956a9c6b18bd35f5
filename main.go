// Command centreon_plugins checks what Centreon monitors: it is the plugins' one binary.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/centplugins/centplugins/framework/app"
	"github.com/centplugins/centplugins/framework/registry"
	"github.com/centplugins/centplugins/plugins/all"
)

// version is set by the build.
var version = "dev"

func main() {
	plugins, err := registry.New(all.Entries()...)
	if err != nil {
		fmt.Println("UNKNOWN:", err)
		os.Exit(3)
	}
	log.SetOutput(io.Discard) // net/http tells it of servers' oddities, and quotes them
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(app.Run(ctx, app.Config{
		Registry: plugins, Args: os.Args, Version: version, Stdin: os.Stdin, Stdout: os.Stdout,
		Now: time.Now, Location: time.Local, Getenv: os.Getenv, Hostname: os.Hostname, As: app.RunAs,
	}))
}
