@echo off
rem Sets up whatever is missing, then starts the kiosk (or the subcommand given).
setlocal
set "PYTHONUTF8=1"
where py >nul 2>nul
if errorlevel 1 goto plain
py -3 "%~dp0prepare.py" kiosk %*
exit /b %errorlevel%
:plain
python "%~dp0prepare.py" kiosk %*
exit /b %errorlevel%
